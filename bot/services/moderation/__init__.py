"""What moderators decide about members and their pictures."""
