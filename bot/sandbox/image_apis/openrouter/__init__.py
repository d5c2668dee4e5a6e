"""OpenRouter's Image API: its models, its checks and its replies."""
