//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

kit_vocabulary::request_reasons! {
    include_str!("../../texts/faults.json");
    /// Nothing may stand here.
    NotHere "NOT_HERE";
    /// A moment that is over.
    InThePast "IN_THE_PAST";
    /// Further ahead than allowed.
    TooFarAhead "TOO_FAR_AHEAD";
    /// It ends before it begins, or at once.
    EndsBeforeStart "ENDS_BEFORE_START";
    /// Not a day such as `2025-01-31`.
    BadDay "BAD_DAY";
    /// Another company than the other one's.
    OtherCompany "OTHER_COMPANY";
    /// Not a path of a field that can change.
    UnknownPath "UNKNOWN_PATH";
    /// A duty that is longer than allowed.
    TooLongADuty "TOO_LONG_A_DUTY";
    /// The expert is on call then already.
    Overlaps "OVERLAPS";
    /// Of another programme than the other one.
    OtherProgramme "OTHER_PROGRAMME";
    /// Of another kind than the other one.
    OtherKind "OTHER_KIND";
    /// The same as the other one.
    SameThing "SAME_THING";
    /// An event that lasts too long.
    TooLongAnEvent "TOO_LONG_AN_EVENT";
    /// Later than the event begins.
    AfterStart "AFTER_START";
    /// The round begins before the one before it has ended.
    RoundsOverlap "ROUNDS_OVERLAP";
    /// Before the event begins or after it ends.
    OutsideEvent "OUTSIDE_EVENT";
    /// Not on the day on which the round begins.
    OtherDay "OTHER_DAY";
    /// The minimum is above the maximum.
    MinAboveMax "MIN_ABOVE_MAX";
    /// It has begun, and cannot change any more.
    HasBegun "HAS_BEGUN";
    /// The expert is not listed in the search.
    NotListed "NOT_LISTED";
    /// The expert is at another event at that time.
    ExpertElsewhere "EXPERT_ELSEWHERE";
    /// The expert is not among those present.
    NotPresent "NOT_PRESENT";
    /// The application is none to this event.
    NotInEvent "NOT_IN_EVENT";
    /// Who walked in cannot have stayed away.
    WalkedIn "WALKED_IN";
    /// The company had called off.
    CalledOff "CALLED_OFF";
    /// The register has no such company.
    UnknownCompany "UNKNOWN_COMPANY";
    /// The company was erased.
    ErasedCompany "COMPANY_ERASED";
    /// The timetable has no such part.
    NotInTimetable "NOT_IN_TIMETABLE";
    /// A calendar is for one expert or one application.
    OnePartOnly "ONE_PART_ONLY";
    /// There is nothing of that name.
    UnknownName "UNKNOWN_NAME";
    /// A pair both fixed, or standing, and forbidden.
    FixedAndForbidden "FIXED_AND_FORBIDDEN";
    /// A request fixed to two experts.
    FixedTwice "FIXED_TWICE";
    /// A fixed pair that does not meet the hard conditions.
    NotEligible "NOT_ELIGIBLE";
    /// Fixed pairs beyond what an expert takes.
    BeyondCapacity "BEYOND_CAPACITY";
    /// Fixed pairs beyond a quota.
    BeyondQuota "BEYOND_QUOTA";
}
