#pragma once

#include <string_view>

namespace musterd {

/// The document's introduction, in Markdown: signing in and the first three requests.
inline constexpr std::string_view first_steps = R"(Who works here, what may they do, when did they work.

## Sign in
Trade a username and a password for a token, and send it with every request. It is good for some minutes; its
`refreshToken` gets the next one from `POST /api/security/auth/refresh`.

```
POST /api/security/auth/token
{"username": "demo.mechanic", "password": "…"}
```

The answer's `accessToken` goes into the header of all that follows: `Authorization: Bearer …`

## The first three requests
Who am I, and what may I do?

```
GET /api/security/me
```

Which shops are there?

```
GET /api/people/locations
```

Clock in at one of them. With an `Idempotency-Key` of one's own it may be sent again after a lost answer: it happens once.

```
POST /api/people/me/clock-in
Idempotency-Key: monday-morning
{"locationId": "01941f29-7c00-7ffd-99ee-6bfa45795267"}
```

## What is refused
Errors have a `code` for programs and a `message` for people; a 400 names the wrong fields. 429 and 503 say in `Retry-After`
when to try again. Any request may also meet 404 `ROUTE_NOT_FOUND`, 405 `METHOD_NOT_ALLOWED`, 408 `REQUEST_TIMEOUT` and 431
`HEADERS_TOO_LARGE`.
)";

}  // namespace musterd
