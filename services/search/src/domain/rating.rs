//! Marks and points: how able an expert is, per skill area and per support menu.

/// A mark as figs. 2-107 and 2-111 show it. The greater, the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Blank: nothing to show.
    #[default]
    None = 0,
    /// ○.
    Able = 1,
    /// ◎.
    Strong = 2,
}

/// A skill area of the survey (form 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Policy and organisation.
    S1,
    /// Identifying risks.
    S2,
    /// Practice and operation of measures.
    S3,
    /// Detection and monitoring.
    S4,
    /// Response to an attack.
    S5,
    /// Recovery and communication.
    S6,
}

impl Area {
    /// All areas in the order of [`Rating::area_marks`].
    pub const ALL: [Self; 6] = [Self::S1, Self::S2, Self::S3, Self::S4, Self::S5, Self::S6];

    /// The stable code, `S1` to `S6`.
    pub fn code(self) -> &'static str {
        ["S1", "S2", "S3", "S4", "S5", "S6"][self as usize]
    }
}

/// A support menu of the search screen (fig. 2-105).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Menu {
    /// Strategy, for beginners.
    M0,
    /// Policy and organisation.
    M1,
    /// Risk identification.
    M2,
    /// Practice and operation of measures.
    M3,
    /// Detection and monitoring.
    M4,
    /// Incident response.
    M5,
    /// Recovery and communication.
    M6,
    /// System audit.
    M7,
}

impl Menu {
    /// All menus in the order of [`Rating::menu_marks`] and of the columns of fig. 2-111.
    pub const ALL: [Self; 8] = [Self::M0, Self::M1, Self::M2, Self::M3, Self::M4, Self::M5, Self::M6, Self::M7];

    /// The stable code, `M0` to `M7`.
    pub fn code(self) -> &'static str {
        ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7"][self as usize]
    }

    /// The menu with this code, if there is one.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|menu| menu.code() == code)
    }
}

/// One expert's marks and points; arrays follow [`Area::ALL`] and [`Menu::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rating {
    /// Mark per area S1 to S6.
    pub area_marks: [Mark; 6],
    /// Mark per menu M0 to M7 (fig. 2-111).
    pub menu_marks: [Mark; 8],
    /// Sum of the answers in each area, in points.
    pub area_points: [u8; 6],
    /// Points of each menu; they order only menus that belong to no area
    /// (see [`Schema::with_menu_areas`](super::Schema::with_menu_areas)).
    pub menu_points: [u8; 8],
}
