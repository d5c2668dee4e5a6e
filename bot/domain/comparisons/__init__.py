"""One prompt, several models: which picture members like best."""
