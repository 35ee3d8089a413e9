use std::net::SocketAddr;
use std::path::PathBuf;

/// A kind of value that a configuration key can hold.
pub trait Setting: Sized {
    /// What the reference page says a value looks like.
    const SHAPE: &'static str;

    /// Reads a value from its text.
    ///
    /// # Errors
    /// What the text should have been.
    fn read(text: &str) -> Result<Self, String>;
}

impl Setting for String {
    const SHAPE: &'static str = "text";

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Setting for bool {
    const SHAPE: &'static str = "true or false";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "write true or false".to_owned())
    }
}

impl Setting for u32 {
    const SHAPE: &'static str = "whole number";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "write a whole number".to_owned())
    }
}

impl Setting for PathBuf {
    const SHAPE: &'static str = "path";

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl Setting for SocketAddr {
    const SHAPE: &'static str = "address:port";

    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "write an address and port, such as 127.0.0.1:8080".to_owned())
    }
}

impl<T: Setting> Setting for Option<T> {
    const SHAPE: &'static str = T::SHAPE;

    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Ok(None)
        } else {
            T::read(text).map(Some)
        }
    }
}

impl Setting for Vec<String> {
    const SHAPE: &'static str = "words with spaces between them";

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }
}
