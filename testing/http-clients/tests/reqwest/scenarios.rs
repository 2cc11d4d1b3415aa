#[tokio::test(flavor = "multi_thread")]
async fn a_closure_that_borrows_the_client_sends_from_a_spawned_task() {
    let (_, call) = start().await;
    let client = reqwest::Client::new();
    let task = async move {
        let client = &client;
        send_async(&call, |request| http(client, request)).await
    };
    assert_granted(tokio::spawn(task).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_async_closure_sends_from_a_spawned_task() {
    let (_, call) = start().await;
    let client = reqwest::Client::new();
    let task = async move { send_async(&call, async |request| http(&client, request).await).await };
    assert_granted(tokio::spawn(task).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_refreshed_asked_about_and_revoked() {
    let (server, call) = start().await;
    let client = reqwest::Client::new();
    let client = |request| http(&client, request);
    let tokens = send_async(&call, client).await.unwrap().tokens;

    let google = &server.client;
    let refresh = google.refresh(&tokens, super::SystemTime::now());
    let tokens = send_async(&refresh, client).await.unwrap();

    let info = google.access(&tokens).token_info();
    let read = send_async(&info, client).await.unwrap();
    assert_eq!(read.audience, google.client_id());
    assert_eq!(read.grant, tokens.grant);

    send_async(&google.revoke(&tokens), client).await.unwrap();
    let error = send_async(&info, client).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    // A token that is revoked already counts as revoked.
    send_async(&google.revoke(&tokens), client).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_response_no_more_is_read_than_the_library_takes() {
    let request = long_response().await;
    let response = http(&reqwest::Client::new(), request).await.unwrap();
    assert_bounded(&response);
}

struct App {
    client: reqwest::Client,
    google: Server,
}

async fn handler(State(app): State<Arc<App>>) -> String {
    let call = exchange(&app.google);
    let exchanged = send_async(&call, |request| http(&app.client, request)).await;
    let names = |exchanged: super::Exchanged| exchanged.tokens.grant.to_string();
    exchanged.map_or_else(|error| error.to_string(), names)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closure_that_borrows_state_sends_from_a_handler() {
    let client = reqwest::Client::new();
    let google = Server::start(super::CALLBACK).await;
    let app = Arc::new(App { client: client.clone(), google });
    let url = serve(Router::new().route("/", get(handler)).with_state(app)).await;
    let page = client.get(url).send().await.unwrap().text().await.unwrap();
    assert_eq!(page, super::scopes().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_fails_is_an_error_that_shows_no_secret() {
    let (_, call) = start().await;
    let proxy = reqwest::Proxy::all("http://127.0.0.1:1").unwrap();
    let client = reqwest::Client::builder().proxy(proxy).build().unwrap();
    let error = send_async(&call, |request| http(&client, request)).await.unwrap_err();
    assert_eq!(error.kind(), super::CallErrorKind::NoResponse);
    assert_eq!(error.to_string(), "the token request: no response was received");
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<reqwest::Error>());
}
