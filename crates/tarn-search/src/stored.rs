//! The form of one value of each kind inside a block of [`crate::Values`].

use crate::codec::{Malformed, Reader, Writer};
use crate::decimal::Decimal;
use crate::span::Span;

/// A value as it is read back: a part of the stored bytes.
pub(crate) trait Stored<'a>: Sized {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed>;
    fn write(&self, writer: &mut Writer);

    /// Every value of a block.
    fn all(block: &'a [u8]) -> impl Iterator<Item = Result<Self, Malformed>> {
        let mut reader = Reader::new(block);
        std::iter::from_fn(move || match reader.is_empty() {
            true => None,
            false => {
                let read = Self::read(&mut reader);
                if read.is_err() {
                    // Nothing after a damaged value can be told apart.
                    reader = Reader::new(&[]);
                }
                Some(read)
            }
        })
    }
}

/// A code or identifier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) system: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    /// Folded: what people read.
    pub(crate) text: Option<std::borrow::Cow<'a, str>>,
    /// The element's binding gives the system.
    pub(crate) implied: bool,
    /// Capital and small letters are not the same.
    pub(crate) exact: bool,
    /// What kind of identifier it is: system and code of a coding of its type.
    pub(crate) kind: Option<(&'a str, &'a str)>,
}

impl<'a> Stored<'a> for Token<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let flags = reader.byte()?;
        let has = |bit: u8| flags & bit != 0;
        Ok(Self {
            system: if has(1) { Some(reader.system()?) } else { None },
            code: if has(2) { Some(reader.text()?) } else { None },
            text: if has(4) {
                Some(reader.text()?.into())
            } else {
                None
            },
            implied: has(8),
            exact: has(16),
            kind: if has(32) {
                Some((reader.system()?, reader.text()?))
            } else {
                None
            },
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(
            u8::from(self.system.is_some())
                | u8::from(self.code.is_some()) << 1
                | u8::from(self.text.is_some()) << 2
                | u8::from(self.implied) << 3
                | u8::from(self.exact) << 4
                | u8::from(self.kind.is_some()) << 5,
        );
        if let Some(system) = self.system {
            writer.system(system);
        }
        if let Some(code) = self.code {
            writer.text(code);
        }
        if let Some(text) = &self.text {
            writer.text(text);
        }
        if let Some((system, code)) = self.kind {
            writer.system(system);
            writer.text(code);
        }
    }
}

/// A reference to another resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// Type and id of a resource of this record.
    pub(crate) local: Option<(&'a str, &'a str)>,
    /// An address elsewhere, or a canonical one.
    pub(crate) url: Option<&'a str>,
    /// The identifier of what is meant: system, empty if there is none, and value.
    pub(crate) identifier: Option<(&'a str, &'a str)>,
    /// The type, where the address does not say it.
    pub(crate) kind: Option<&'a str>,
}

impl<'a> Stored<'a> for Reference<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let flags = reader.byte()?;
        let has = |bit: u8| flags & bit != 0;
        Ok(Self {
            local: if has(1) {
                Some((reader.text()?, reader.text()?))
            } else {
                None
            },
            url: if has(2) { Some(reader.text()?) } else { None },
            identifier: if has(4) {
                Some((reader.system()?, reader.text()?))
            } else {
                None
            },
            kind: if has(8) { Some(reader.text()?) } else { None },
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.byte(
            u8::from(self.local.is_some())
                | u8::from(self.url.is_some()) << 1
                | u8::from(self.identifier.is_some()) << 2
                | u8::from(self.kind.is_some()) << 3,
        );
        if let Some((kind, id)) = self.local {
            writer.text(kind);
            writer.text(id);
        }
        if let Some(url) = self.url {
            writer.text(url);
        }
        if let Some((system, value)) = self.identifier {
            writer.system(system);
            writer.text(value);
        }
        if let Some(kind) = self.kind {
            writer.text(kind);
        }
    }
}

impl Stored<'_> for Span {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            from: reader.time()?,
            to: reader.time()?,
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.time(self.from);
        writer.time(self.to);
    }
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    pub(crate) raw: &'a str,
    pub(crate) folded: std::borrow::Cow<'a, str>,
}

impl<'a> Stored<'a> for Text<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            raw: reader.text()?,
            folded: reader.text()?.into(),
        })
    }

    fn write(&self, writer: &mut Writer) {
        writer.text(self.raw);
        writer.text(&self.folded);
    }
}

/// An amount, or a range of amounts, both ends in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quantity<'a> {
    pub(crate) low: Decimal,
    pub(crate) high: Decimal,
    pub(crate) system: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    pub(crate) unit: Option<&'a str>,
}

impl<'a> Stored<'a> for Quantity<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let flags = reader.byte()?;
        let has = |bit: u8| flags & bit != 0;
        let low = Decimal(reader.decimal()?);
        Ok(Self {
            low,
            high: if has(1) {
                Decimal(reader.decimal()?)
            } else {
                low
            },
            system: if has(2) { Some(reader.system()?) } else { None },
            code: if has(4) { Some(reader.text()?) } else { None },
            unit: if has(8) { Some(reader.text()?) } else { None },
        })
    }

    fn write(&self, writer: &mut Writer) {
        let is_range = self.low != self.high;
        writer.byte(
            u8::from(is_range)
                | u8::from(self.system.is_some()) << 1
                | u8::from(self.code.is_some()) << 2
                | u8::from(self.unit.is_some()) << 3,
        );
        writer.decimal(self.low.0);
        if is_range {
            writer.decimal(self.high.0);
        }
        if let Some(system) = self.system {
            writer.system(system);
        }
        if let Some(code) = self.code {
            writer.text(code);
        }
        if let Some(unit) = self.unit {
            writer.text(unit);
        }
    }
}

/// An address, compared as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Uri<'a>(pub(crate) &'a str);

impl<'a> Stored<'a> for Uri<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        reader.text().map(Self)
    }

    fn write(&self, writer: &mut Writer) {
        writer.text(self.0);
    }
}
