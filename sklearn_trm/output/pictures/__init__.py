"""Pictures of a fit: one Display class a picture, ``est.plot`` in front of them.

Each class takes what it draws from a fitted estimator (``from_estimator``), keeps it as plain
arrays, and draws it (``plot``), as Display classes of scikit-learn do. What a picture is to be
looked at for stands in its ``caption``. matplotlib is imported where something is drawn.
"""
