"""Running accepted jobs: claims, upstream calls, write-ahead marks, circuit breakers."""
