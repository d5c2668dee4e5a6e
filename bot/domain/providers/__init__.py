"""What holds of every image service: limits of rate, and refusals of all members."""
