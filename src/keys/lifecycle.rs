//! What a rotation or a retirement does, decided purely.
