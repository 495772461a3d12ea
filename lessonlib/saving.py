"""Keras's `saving`: whole models in files, and your own classes and functions by the names that stand there."""

from lessonlib.models import load_model, save_model
from lessonlib.utils import custom_object_scope, get_custom_objects, register_keras_serializable

__all__ = ["custom_object_scope", "get_custom_objects", "load_model", "register_keras_serializable", "save_model"]
