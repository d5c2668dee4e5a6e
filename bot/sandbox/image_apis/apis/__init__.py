"""The image APIs, typed from their documents: what each accepts and refuses."""
