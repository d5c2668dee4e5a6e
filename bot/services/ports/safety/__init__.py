"""What judges words and pictures, and what waits for a review by staff."""
