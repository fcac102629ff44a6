"""What a user's table becomes before anything is fitted.

Here live checks of tables and parameters, units of size, dates, useful columns, files as tables.
Nothing here knows a law.
"""
