"""Machine learning on frames: what is computed. Knows neither storage nor the web."""
