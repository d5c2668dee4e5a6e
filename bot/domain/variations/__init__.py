"""What can be made of a result with one choice: other versions, larger, wider, cut out."""
