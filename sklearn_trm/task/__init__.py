"""What fit, search and network share: settings, the budget of time, the front of laws, the result. Data, no algorithms."""
