//! What a script file says: its imports, its format, its text without types.
