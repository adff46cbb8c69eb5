"""The pages: HTML and CSS, no build step, nothing loaded from elsewhere."""
