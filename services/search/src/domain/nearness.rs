//! Near before far. Companies choose by trust and locality, so a place given in a query ranks
//! experts living in the same prefecture first, then those of the same region.

/// How near an expert lives to the place asked for. The lesser, the nearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    /// Same prefecture of residence.
    SamePrefecture = 0,
    /// Another prefecture of the same region.
    SameRegion = 1,
    /// Elsewhere, or residence not stated; everybody, when no place is asked for.
    Far = 2,
}

impl Nearness {
    /// How near prefecture `residence` is to prefecture `place`, both as places in `regions`,
    /// which holds each prefecture's region. Prefectures of no region are near only themselves.
    pub fn between(place: usize, residence: usize, regions: &[Option<usize>]) -> Self {
        if place == residence {
            Self::SamePrefecture
        } else if regions[place].is_some() && regions[place] == regions[residence] {
            Self::SameRegion
        } else {
            Self::Far
        }
    }
}
