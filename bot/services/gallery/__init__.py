"""Results that members like: what each of them keeps."""
