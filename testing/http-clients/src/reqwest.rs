type Received = reqwest::Result<http::Response<Vec<u8>>>;

async fn http(client: &reqwest::Client, request: http::Request<Vec<u8>>) -> Received {
    let mut response = client.execute(request.try_into()?).await?;
    let mut read = http::Response::new(Vec::new());
    (*read.status_mut(), *read.headers_mut()) = (response.status(), response.headers().clone());
    while let (..=MAX_RESPONSE_LEN, Some(chunk)) = (read.body().len(), response.chunk().await?) {
        read.body_mut().extend_from_slice(&chunk);
    }
    Ok(read)
}
