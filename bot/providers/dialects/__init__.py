"""One file for each image API: bodies from requests, pictures from replies. No I/O."""
