fn http(
    agent: &ureq::Agent,
    request: http::Request<Vec<u8>>,
) -> Result<http::Response<Vec<u8>>, ureq::Error> {
    let (parts, mut body) = agent.run(request)?.into_parts();
    let limit = MAX_RESPONSE_LEN as u64 + 1;
    let body = body.with_config().limit(limit).read_to_vec()?;
    Ok(http::Response::from_parts(parts, body))
}
