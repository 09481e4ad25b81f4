//! The shape of the study: three rounds, three or four booths, experts for two or three companies.

use matching::domain::timetable::{Mode, plan};

use crate::stage::{breaks, event};

#[test]
fn twelve_companies_fill_three_rounds_of_four_experts() {
    let event = event(12, 4, 3, 4);
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    assert_eq!(timetable.seats.len(), 12);
    // Everybody keeps one booth.
    for present in &event.experts {
        let mut booths: Vec<_> =
            timetable.seats.iter().filter(|s| s.expert == present.expert).map(|s| s.booth).collect();
        booths.dedup();
        assert_eq!(booths.len(), 1);
    }
}
