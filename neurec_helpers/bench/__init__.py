"""All that measures: recipes, other libraries, speed and memory."""
