"""What is stored about people and servers: export, deletion, removal."""
