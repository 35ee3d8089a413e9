use crate::codec::{Malformed, Reader, Writer};
use crate::registry;

/// What one resource answers to: its values under every parameter that is offered for its type.
///
/// It is kept as the bytes that a store holds, and read where a search looks: a search of one
/// parameter does not unpack the others. It holds content of the record, so its `Debug` is empty.
///
/// The form: a version byte; a table of which parameter has which block; the blocks. Parameters
/// with equal values (`patient` and `subject`) share a block, and a composite names the blocks of
/// its components.
#[derive(Clone, PartialEq, Eq)]
pub struct Values {
    bytes: Box<[u8]>,
}

/// The first byte. A change of the form, of a value's form or of what is taken out of a resource
/// makes it one more; rows of another version have to be built anew.
const VERSION: u8 = 1;

/// Stored values that do not read back: they are of another version, or damaged. The rows have to
/// be built anew from the resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored search values are not readable")]
pub struct ValuesError;

impl From<Malformed> for ValuesError {
    fn from(_: Malformed) -> Self {
        Self
    }
}

impl Values {
    /// The version of the stored form; rows that were written with another have to be built anew.
    pub const VERSION: u8 = VERSION;

    /// The compact form that a store keeps beside the resource.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    /// The compact form, borrowed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes the compact form back. It is read when a search looks at it; what is damaged inside
    /// makes that search fail, never find less.
    ///
    /// # Errors
    /// [`ValuesError`] if the bytes are of another version.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Result<Self, ValuesError> {
        let bytes = bytes.into();
        match bytes.first() {
            Some(&VERSION) => Ok(Self { bytes }),
            _ => Err(ValuesError),
        }
    }

    /// The values under one parameter, if there are any.
    pub(crate) fn find(&self, number: u16) -> Result<Option<Found<'_>>, ValuesError> {
        let mut reader = Reader::new(&self.bytes);
        reader.byte()?;
        let mut table = Reader::new(reader.bytes()?);
        while !table.is_empty() {
            let at = table.number()?;
            let block = table.number()?;
            if block != COMPOSITE {
                if at == u64::from(number) {
                    return Ok(Some(Found::Block(nth(reader, block - 1)?)));
                }
                continue;
            }
            let tuples = table.bytes()?;
            if at == u64::from(number) {
                return Ok(Some(Found::Tuples(Tuples {
                    indexes: Reader::new(tuples),
                    blocks: reader,
                })));
            }
        }
        Ok(None)
    }

    /// The numbers of the parameters under which there are values.
    pub(crate) fn numbers(&self) -> Result<Vec<u64>, ValuesError> {
        let mut reader = Reader::new(&self.bytes);
        reader.byte()?;
        let mut table = Reader::new(reader.bytes()?);
        let mut numbers = Vec::new();
        while !table.is_empty() {
            numbers.push(table.number()?);
            if table.number()? == COMPOSITE {
                table.bytes()?;
            }
        }
        Ok(numbers)
    }
}

impl Default for Values {
    fn default() -> Self {
        Builder::default().finish()
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Values").finish_non_exhaustive()
    }
}

/// What stands under a parameter.
pub(crate) enum Found<'a> {
    /// The values, one behind the other.
    Block(&'a [u8]),
    /// Those of a composite.
    Tuples(Tuples<'a>),
}

/// The values of a composite: for each place in the resource, one block for each component.
pub(crate) struct Tuples<'a> {
    indexes: Reader<'a>,
    blocks: Reader<'a>,
}

impl<'a> Tuples<'a> {
    /// The next place.
    pub(crate) fn next(&mut self, components: usize) -> Result<Option<Vec<&'a [u8]>>, ValuesError> {
        if self.indexes.is_empty() {
            return Ok(None);
        }
        (0..components)
            .map(|_| nth(self.blocks, self.indexes.number()?))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

fn nth(mut blocks: Reader<'_>, index: u64) -> Result<&[u8], ValuesError> {
    for _ in 0..index {
        blocks.bytes()?;
    }
    Ok(blocks.bytes()?)
}

/// In the table, instead of a block's number from 1.
const COMPOSITE: u64 = 0;

/// Puts [`Values`] together.
#[derive(Default)]
pub(crate) struct Builder {
    table: Writer,
    blocks: Vec<Vec<u8>>,
}

impl Builder {
    /// Notes the values of a parameter; none is not noted.
    pub(crate) fn put(&mut self, number: u16, block: Vec<u8>) {
        if !block.is_empty() {
            let index = self.intern(block);
            self.table.number(number.into());
            self.table.number(index + 1);
        }
    }

    /// Notes the values of a composite.
    pub(crate) fn put_tuples(&mut self, number: u16, tuples: Vec<Vec<Vec<u8>>>) {
        if tuples.is_empty() {
            return;
        }
        let mut indexes = Writer::default();
        for block in tuples.into_iter().flatten() {
            indexes.number(self.intern(block));
        }
        self.table.number(number.into());
        self.table.number(COMPOSITE);
        self.table.bytes(&indexes.done());
    }

    fn intern(&mut self, block: Vec<u8>) -> u64 {
        let known = self.blocks.iter().position(|b| *b == block);
        let index = known.unwrap_or_else(|| {
            self.blocks.push(block);
            self.blocks.len() - 1
        });
        index as u64
    }

    pub(crate) fn finish(self) -> Values {
        let mut all = Writer::default();
        all.byte(VERSION);
        all.bytes(&self.table.done());
        for block in &self.blocks {
            all.bytes(block);
        }
        Values {
            bytes: all.done().into(),
        }
    }
}

/// The codes of the parameters under which these values stand: for tests and for operators who
/// ask why a search finds nothing.
impl Values {
    /// The codes of the parameters that this resource has values for.
    ///
    /// # Errors
    /// [`ValuesError`] if the values are damaged.
    pub fn codes(&self) -> Result<Vec<&'static str>, ValuesError> {
        let numbers = self.numbers()?;
        Ok(registry::all()
            .filter(|p| numbers.contains(&u64::from(p.number())))
            .map(registry::Parameter::code)
            .collect())
    }
}
