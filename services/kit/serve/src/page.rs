//! Pages of lists: how many entries, from where on, and the token of the next page.

use contract::Paged;
use kit_vocabulary::{Check, RequestReason, is_id};
use sha2::{Digest as _, Sha256};

/// Entries on a page that names no size, and the most on any, where a list says nothing else.
pub const SIZES: (i32, i32) = (50, 200);

/// Where in a list an entry stands: what the next page begins after.
pub trait Place: Clone {
    /// As a token says it: visible ASCII.
    fn written(&self) -> String;
    /// The place that was written so.
    fn read(text: &str) -> Option<Self>;
}

/// Zero or above.
impl Place for i64 {
    fn written(&self) -> String {
        format!("{self:x}")
    }

    fn read(text: &str) -> Option<Self> {
        Self::from_str_radix(text, 16).ok().filter(|place| *place >= 0)
    }
}

/// An id.
impl Place for String {
    fn written(&self) -> String {
        self.clone()
    }

    fn read(text: &str) -> Option<Self> {
        is_id(text).then(|| text.to_owned())
    }
}

/// The second counts where the first is the same.
impl<A: Place, B: Place> Place for (A, B) {
    fn written(&self) -> String {
        format!("{}.{}", self.0.written(), self.1.written())
    }

    fn read(text: &str) -> Option<Self> {
        let (first, second) = text.split_once('.')?;
        Some((A::read(first)?, B::read(second)?))
    }
}

/// A page that is asked for.
#[derive(Debug, Clone)]
pub struct Page<P = i64> {
    after: Option<P>,
    size: i64,
    mark: String,
}

impl<P: Place> Page<P> {
    /// The page that a request asks for, with faults of `page_size` and `page_token`; `sizes` are the usual and the largest.
    pub fn read<R: RequestReason>(check: &mut Check<R>, request: &impl Paged, sizes: (i32, i32)) -> Self {
        let size = check.page_size(request.page_size(), sizes);
        Self::of(request, size, || check.fault("page_token", R::BAD_PAGE_TOKEN))
    }

    /// The page of this size that a request asks for. A token that is none, or one of other conditions, is told, and answered
    /// with the first page.
    pub fn of(request: &impl Paged, size: i64, bad_token: impl FnOnce()) -> Self {
        let (token, mark) = (request.page_token(), mark(request));
        let mut page = Self { after: None, size, mark };
        let place = token.rsplit_once('.').and_then(|(place, _)| P::read(place));
        page.after = place.filter(|place| page.token(place) == token);
        if page.after.is_none() && !token.is_empty() {
            bad_token();
        }
        page
    }

    /// The place after which it begins; `start` for the first page.
    pub fn after(&self, start: P) -> P {
        self.after.clone().unwrap_or(start)
    }

    /// How many entries have to be read: one more than wanted, which tells whether there is a page after this.
    pub fn limit(&self) -> i64 {
        self.size + 1
    }

    /// Cuts what was read, each entry with its place, to the page; answers it with the token of the next one.
    pub fn cut<T>(&self, mut found: Vec<(P, T)>) -> (Vec<T>, String) {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let more = found.len() > size;
        found.truncate(size);
        let next = found.last().filter(|_| more).map(|(place, _)| self.token(place));
        (found.into_iter().map(|(_, entry)| entry).collect(), next.unwrap_or_default())
    }

    /// The token of the page after this place.
    pub fn token(&self, place: &P) -> String {
        format!("{}.{}", place.written(), self.mark)
    }
}

/// Tells lists and their conditions apart without repeating them: 16 hexadecimal digits.
fn mark<M: Paged>(request: &M) -> String {
    let hash = Sha256::new().chain_update(M::full_name()).chain_update(request.conditions().encode_to_vec());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub, reason = "what the macro declares is public")]

    use contract::registry::v1::{ListCompaniesRequest, ListPossibleDuplicatesRequest};

    use super::*;

    kit_vocabulary::request_reasons! { "{}"; }

    const ALL: [(i64, char); 3] = [(1, 'a'), (3, 'b'), (7, 'c')];

    fn asked(page_size: i32, page_token: &str) -> ListCompaniesRequest {
        ListCompaniesRequest { page_size, page_token: page_token.to_owned(), ..Default::default() }
    }

    /// The page that is asked for of all, and the faults of what asks.
    fn page(request: &impl Paged) -> (Vec<char>, String, Vec<(String, &'static str)>) {
        let mut check = Check::default();
        let page = Page::read(&mut check, request, (2, 3));
        let rest = ALL.into_iter().filter(|(place, _)| *place > page.after(0));
        let (entries, next) = page.cut(rest.take(usize::try_from(page.limit()).unwrap_or(0)).collect());
        (entries, next, check.faults.iter().map(|fault| (fault.field.clone(), fault.code())).collect())
    }

    #[test]
    fn pages_follow_each_other_until_everything_was_shown() {
        let (first, token, faults) = page(&asked(0, ""));
        assert_eq!((first, faults), (vec!['a', 'b'], vec![]));
        let (second, end, faults) = page(&asked(3, &token));
        assert_eq!((second, end, faults), (vec!['c'], String::new(), vec![]));
        assert_eq!(page(&asked(3, "")).0, ['a', 'b', 'c']);
        assert_eq!(page(&asked(3, "")).1, "");
    }

    #[test]
    fn a_token_is_of_the_same_list_and_the_same_conditions() {
        let token = page(&asked(0, "")).1;
        let refused = vec![("page_token".to_owned(), "BAD_PAGE_TOKEN")];
        let other = ListCompaniesRequest { prefecture: "27".to_owned(), ..asked(0, &token) };
        assert_eq!(page(&other).2, refused);
        let other = ListPossibleDuplicatesRequest { page_token: token.clone(), ..Default::default() };
        assert_eq!(page(&other).2, refused);
        let mark = token.split_once('.').unwrap().1;
        let upper = token.to_uppercase();
        let forged = [format!("-1.{mark}"), format!("+3.{mark}"), format!("03.{mark}"), format!("3.3.{mark}")];
        for bad in ["x", ".", "あ", mark, upper.as_str()].into_iter().chain(forged.iter().map(String::as_str)) {
            let (first, _, faults) = page(&asked(0, bad));
            assert_eq!((first, faults), (vec!['a', 'b'], refused.clone()), "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_with_size_and_token_is_told_in_this_order() {
        let told = page(&asked(4, "x")).2;
        assert_eq!(told, [("page_size".to_owned(), "OUT_OF_RANGE"), ("page_token".to_owned(), "BAD_PAGE_TOKEN")]);
    }

    #[test]
    fn a_place_of_two_numbers_comes_back() {
        let places = [(0, 0), (1, i64::MAX), (i64::MAX, 0)];
        for place in places {
            let page = Page::of(&asked(0, ""), 1, || panic!("there is no token"));
            let (_, token) = page.cut(vec![(place, ()), ((1, 1), ())]);
            let next = Page::of(&asked(0, &token), 1, || panic!("a token of ours"));
            assert_eq!(next.after((5, 5)), place);
            let mut refused = false;
            Page::<i64>::of(&asked(0, &token), 1, || refused = true);
            assert!(refused, "{token} is of two numbers");
        }
    }

    #[test]
    fn an_id_is_a_place() {
        let token = Page::of(&asked(0, ""), 1, || panic!("there is no token")).token(&"a.b-1".to_owned());
        let next = Page::of(&asked(0, &token), 1, || panic!("a token of ours"));
        assert_eq!(next.after(String::new()), "a.b-1");
    }
}
