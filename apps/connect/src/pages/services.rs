//! The services in the order in which people look for them.

use dataportability_scopes::{Resource, Scope, ScopeSet, Service};

/// Each with the code on its luggage tag. A service that is newer than this list comes last, with
/// the first letters of its name.
const KNOWN: [(Service, &str); 18] = [
    (Service::Youtube, "YTB"),
    (Service::Myactivity, "ACT"),
    (Service::Maps, "MAP"),
    (Service::Chrome, "CHR"),
    (Service::Play, "PLY"),
    (Service::Saved, "SAV"),
    (Service::Shopping, "SHP"),
    (Service::SearchUgc, "SRC"),
    (Service::Discover, "DIS"),
    (Service::Mymaps, "MYM"),
    (Service::Streetview, "STV"),
    (Service::Nest, "NST"),
    (Service::Fitbit, "FIT"),
    (Service::Pixel, "PIX"),
    (Service::OrderReserve, "ORD"),
    (Service::Alerts, "ALR"),
    (Service::Searchnotifications, "NTF"),
    (Service::Businessmessaging, "BIZ"),
];

/// Returns the services that have any of these scopes, with the tag's code and those scopes.
pub(super) fn by_service(scopes: ScopeSet) -> Vec<(Service, String, ScopeSet)> {
    let place = |service: &Service| KNOWN.iter().position(|(known, _)| known == service);
    let mut services: Vec<Service> = Service::all().collect();
    services.sort_by_key(|service| place(service).unwrap_or(KNOWN.len()));
    services
        .into_iter()
        .map(|service| (service, tag(service), service.scopes() & scopes))
        .filter(|(_, _, scopes)| !scopes.is_empty())
        .collect()
}

/// Returns the three letters on a service's luggage tag.
pub(super) fn tag(service: Service) -> String {
    match KNOWN.iter().find(|(known, _)| *known == service) {
        Some((_, tag)) => (*tag).to_owned(),
        None => service.name().chars().take(3).collect::<String>().to_uppercase(),
    }
}

/// Returns what people look for under a service and find under another: their watch history is no
/// part of YouTube, for instance, but of My Activity.
pub(crate) fn related(service: Service, offered: ScopeSet) -> Vec<Resource> {
    let of_service = |resource: &Resource| {
        let (_, leaf) = resource.name().split_once('.').unwrap_or_default();
        resource.service() != service && leaf == service.name()
    };
    let resources = offered.iter().map(Scope::resource);
    resources.filter(of_service).collect()
}
