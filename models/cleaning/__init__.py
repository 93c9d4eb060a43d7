"""What wraps a text is taken off, for the model, the stories and the watchlists alike. Pure and total."""
