"""Storage: the services' ports over SQL (SQLAlchemy Core) and over the disk; knows no Discord."""
