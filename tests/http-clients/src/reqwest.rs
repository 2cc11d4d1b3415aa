async fn http(
    client: &reqwest::Client,
    request: http::Request<Vec<u8>>,
) -> reqwest::Result<http::Response<Vec<u8>>> {
    let response = client.execute(request.try_into()?).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut read = http::Response::new(response.bytes().await?.into());
    (*read.status_mut(), *read.headers_mut()) = (status, headers);
    Ok(read)
}
