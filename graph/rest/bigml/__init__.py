"""The BigML.io dialect: projects, sources, datasets, models, predictions, evaluations and batch predictions."""
