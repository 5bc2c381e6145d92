//! [`Packed`]: cells of one type in a row, cheap to fork, to hash again and to fill with one value.
//!
//! A fork shares the cells until either side writes. Cells that are all the same are kept once, so
//! that a new field costs nothing however many entities read it. The hash is of the values, never of
//! how they are kept: one NaN stands for all, and -0 for 0.

use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::Xxh3;

/// What can be packed.
pub(super) trait Cell: Clone {
    /// Whether both hash alike.
    fn same(&self, other: &Self) -> bool;
    /// Gives the bytes of `cells` to `hasher`.
    fn feed(cells: &[Self], hasher: &mut Xxh3);
}

#[derive(Debug, Clone)]
pub(super) struct Packed<T> {
    cells: Cells<T>,
    /// Of the cells, until one is written.
    hash: OnceLock<u128>,
}

#[derive(Debug, Clone)]
enum Cells<T> {
    All(Option<T>, usize),
    Each(Arc<Vec<T>>),
}

impl<T> Default for Packed<T> {
    fn default() -> Packed<T> {
        Packed { cells: Cells::All(None, 0), hash: OnceLock::new() }
    }
}

impl<T: Cell> Packed<T> {
    /// `count` cells that hold `value`.
    pub(super) fn uniform(value: T, count: usize) -> Packed<T> {
        Packed { cells: Cells::All(Some(value), count), hash: OnceLock::new() }
    }

    pub(super) fn of(cells: Vec<T>) -> Packed<T> {
        Packed { cells: Cells::Each(Arc::new(cells)), hash: OnceLock::new() }
    }

    pub(super) fn len(&self) -> usize {
        match &self.cells {
            Cells::All(_, count) => *count,
            Cells::Each(cells) => cells.len(),
        }
    }

    /// The one value of all cells, if they are kept so.
    pub(super) fn all(&self) -> Option<&T> {
        match &self.cells {
            Cells::All(value, _) => value.as_ref(),
            Cells::Each(_) => None,
        }
    }

    pub(super) fn get(&self, row: usize) -> &T {
        match &self.cells {
            Cells::All(value, _) => value.as_ref().expect("a row that exists"),
            Cells::Each(cells) => &cells[row],
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.len()).map(|row| self.get(row))
    }

    pub(super) fn push(&mut self, value: T) {
        self.hash = OnceLock::new();
        match &mut self.cells {
            Cells::All(all, count) if *count == 0 || all.as_ref().is_some_and(|it| it.same(&value)) => {
                *all = Some(value);
                *count += 1;
            }
            Cells::All(..) => self.each().push(value),
            Cells::Each(cells) => Arc::make_mut(cells).push(value),
        }
    }

    pub(super) fn set(&mut self, row: usize, value: T) {
        if !self.get(row).same(&value) {
            self.each()[row] = value;
        }
    }

    pub(super) fn swap_remove(&mut self, row: usize) -> T {
        self.hash = OnceLock::new();
        match &mut self.cells {
            Cells::All(value, count) => {
                *count -= 1;
                value.clone().expect("a row that exists")
            }
            Cells::Each(cells) => Arc::make_mut(cells).swap_remove(row),
        }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.len().checked_sub(1).map(|last| self.swap_remove(last))
    }

    /// The same with another type of cell.
    pub(super) fn map<U>(&self, change: impl Fn(&T) -> U) -> Packed<U> {
        let cells = match &self.cells {
            Cells::All(value, count) => Cells::All(value.as_ref().map(change), *count),
            Cells::Each(cells) => Cells::Each(Arc::new(cells.iter().map(change).collect())),
        };
        Packed { cells, hash: OnceLock::new() }
    }

    /// All cells, each by itself, not written.
    pub(super) fn read(&mut self) -> &[T] {
        self.spread();
        match &self.cells {
            Cells::Each(cells) => cells,
            Cells::All(..) => &[],
        }
    }

    /// All cells, to be written.
    pub(super) fn write(&mut self) -> &mut [T] {
        self.each()
    }

    fn each(&mut self) -> &mut Vec<T> {
        self.hash = OnceLock::new();
        self.spread();
        match &mut self.cells {
            Cells::Each(cells) => Arc::make_mut(cells),
            Cells::All(..) => unreachable!("spread above"),
        }
    }

    fn spread(&mut self) {
        if let Cells::All(value, count) = &self.cells {
            let cells = value.as_ref().map(|it| vec![it.clone(); *count]).unwrap_or_default();
            self.cells = Cells::Each(Arc::new(cells));
        }
    }

    pub(super) fn hash(&self) -> u128 {
        *self.hash.get_or_init(|| {
            let mut hasher = Xxh3::new();
            hasher.update(&(self.len() as u64).to_le_bytes());
            match &self.cells {
                Cells::All(_, 0) => (),
                Cells::All(value, _) => T::feed(value.as_slice(), &mut hasher),
                // The same as if they were kept once.
                Cells::Each(cells) => match cells.first() {
                    Some(first) if cells.iter().all(|it| it.same(first)) => {
                        T::feed(&cells[..1], &mut hasher);
                    }
                    _ => T::feed(cells, &mut hasher),
                },
            }
            hasher.digest128()
        })
    }
}

/// Hashed through a small buffer: the bytes of a slice of numbers are not to be had without `unsafe`.
fn feed<T: Copy, const N: usize>(cells: &[T], hasher: &mut Xxh3, bytes: impl Fn(T) -> [u8; N]) {
    let mut buffer = [0_u8; 4096];
    for some in cells.chunks(4096 / N) {
        let places = buffer.as_chunks_mut::<N>().0;
        places.iter_mut().zip(some).for_each(|(place, cell)| *place = bytes(*cell));
        hasher.update(&buffer[..some.len() * N]);
    }
}

macro_rules! cells {
    ($($type:ty: $canonical:expr,)*) => {$(
        impl Cell for $type {
            fn same(&self, other: &$type) -> bool {
                $canonical(*self).to_ne_bytes() == $canonical(*other).to_ne_bytes()
            }

            fn feed(cells: &[$type], hasher: &mut Xxh3) {
                feed(cells, hasher, |it| $canonical(it).to_le_bytes());
            }
        }
    )*};
}

cells! {
    u32: std::convert::identity,
    i32: std::convert::identity,
    i64: std::convert::identity,
    f32: |it: f32| if it.is_nan() { f32::NAN } else { it + 0.0 },
    f64: |it: f64| if it.is_nan() { f64::NAN } else { it + 0.0 },
}

impl Cell for bool {
    fn same(&self, other: &bool) -> bool {
        self == other
    }

    fn feed(cells: &[bool], hasher: &mut Xxh3) {
        feed(cells, hasher, |it| [u8::from(it)]);
    }
}

impl Cell for super::Entity {
    fn same(&self, other: &super::Entity) -> bool {
        self == other
    }

    fn feed(cells: &[super::Entity], hasher: &mut Xxh3) {
        feed(cells, hasher, |it| (u64::from(it.generation) << 32 | u64::from(it.index)).to_le_bytes());
    }
}

impl Cell for super::Value {
    fn same(&self, other: &super::Value) -> bool {
        self == other
    }

    fn feed(cells: &[super::Value], hasher: &mut Xxh3) {
        for cell in cells {
            let text = bowline_model::canonical::text(&cell.to_json());
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
}
