"""What a user's table becomes before anything is fitted.

Checked, in ordinary units, its useful columns known.
"""
