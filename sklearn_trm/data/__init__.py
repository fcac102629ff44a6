"""What a user's table becomes before anything is fitted: checked, in ordinary units, its useful columns known."""
