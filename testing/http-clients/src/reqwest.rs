async fn http(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
) -> reqwest::Result<http::Response<Vec<u8>>> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut read = http::Response::new(Vec::new());
    (*read.status_mut(), *read.headers_mut()) = (response.status(), response.headers().clone());
    while let Some(chunk) = response.chunk().await? {
        read.body_mut().extend_from_slice(&chunk);
        if read.body().len() > MAX_RESPONSE_LEN {
            break;
        }
    }
    Ok(read)
}
