#include "tests/http_unit/auth/auth_fixture.hpp"

#include "domain/company/service.hpp"
#include "http/auth/sign_in/password_hasher.hpp"
#include "http/auth/sign_in/sign_in.hpp"
#include "http/auth/tokens/encoding.hpp"
#include "http/auth/tokens/refresh_token.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Cheap, for quick tests.
constexpr hashing_cost cheap{1, 8192};

outcome<password_verdict> checked(password_hasher& hasher, std::optional<std::string> hash,
                                  std::string password) {
  std::promise<outcome<password_verdict>> answer;
  hasher.verify(std::move(hash), std::move(password), worker_lane::familiar,
                [&](auto verdict) { answer.set_value(std::move(verdict)); });
  return answer.get_future().get();
}

/// Caps what the process may map beyond the present, which is huge under sanitizers: they shadow all memory.
struct address_space_limit {
  explicit address_space_limit(rlim_t more) {
    REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    rlim_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    auto limited = before;
    limited.rlim_cur = std::min(before.rlim_max, pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more);
    REQUIRE(setrlimit(RLIMIT_AS, &limited) == 0);
  }
  ~address_space_limit() { setrlimit(RLIMIT_AS, &before); }
  rlimit before{};
};

}  // namespace

TEST_CASE(
    "Security: sign-in: a wrong secret is compared as often whoever it is for, and however many they have") {
  using hashes = std::vector<std::optional<std::string>>;
  CHECK(hashes_to_try({}, false) == hashes{std::nullopt});
  CHECK(hashes_to_try({"a"}, false) == hashes{"a"});
  CHECK(hashes_to_try({}, true) == hashes{std::nullopt, std::nullopt});
  CHECK(hashes_to_try({"a"}, true) == hashes{"a", std::nullopt});
  CHECK(hashes_to_try({"a", "b"}, true) == hashes{"a", "b"});
  CHECK(hashes_to_try({}, true).size() == most_live_secrets);
}

TEST_CASE("password: right, wrong, unknown user, outdated cost") {
  password_hasher hasher{cheap, 1, 16};
  auto hash = hasher.hash_now("correct horse");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(checked(hasher, hash, "correct horse").value() == password_verdict::right);
  CHECK(checked(hasher, hash, "battery staple").value() == password_verdict::wrong);
  CHECK(checked(hasher, std::nullopt, "correct horse").value() == password_verdict::wrong);
  CHECK(checked(hasher, "not a hash", "x").value() == password_verdict::wrong);
  password_hasher dearer{{2, 16384}, 1, 16};
  CHECK(checked(dearer, hash, "correct horse").value() == password_verdict::right_but_outdated);
}

TEST_CASE("password: nobody's password is hashed as somebody's is, so that an answer takes as long") {
  constexpr std::size_t memory = 512 * 1024 * 1024;
  password_hasher hasher{{1, memory}, 1, 16};
  auto hash = hasher.hash_now("x");
  for (auto known : {std::optional{hash}, std::optional<std::string>{}}) {
    CAPTURE(known.has_value());
    CHECK(checked(hasher, known, "wrong").value() == password_verdict::wrong);
    // Both need the memory, and fail without it.
    address_space_limit half_of_it{memory / 2};
    auto verdict = checked(hasher, known, "wrong");
    REQUIRE(verdict.has_error());
    CHECK(verdict.error().code == "BUSY");
  }
}

TEST_CASE("password: too little memory to compare is no verdict") {
  password_hasher hasher{cheap, 1, 16};
  auto hash = hasher.hash_now("correct horse");
  auto at = hash.find("m=8,");
  REQUIRE(at != hash.npos);
  hash.replace(at, 4, "m=4000000000,");  // four terabytes
  address_space_limit one_terabyte_more{rlim_t{1} << 40};
  auto verdict = checked(hasher, hash, "correct horse");
  REQUIRE(verdict.has_error());
  CHECK(verdict.error().code == "BUSY");
}

TEST_CASE("password: beyond its queue the hasher is busy, and everybody gets an answer") {
  std::atomic<int> answered{0}, busy{0};
  {
    password_hasher hasher{{4, 19 * 1024 * 1024}, 1, 2};
    for (int i = 0; i < 20; ++i)
      hasher.verify(std::nullopt, "x", worker_lane::stranger, [&](const outcome<password_verdict>& v) {
        ++answered;
        busy += v.has_error() && v.error().code == "BUSY";
      });
  }
  CHECK(answered == 20);
  CHECK(busy >= 16);
}

TEST_CASE("refresh token: reads what it writes and nothing else") {
  auto token = refresh_token::first({id_number(1)}, {id_number(2)});
  token.generation = 0x01020304;
  auto text = token.to_text();
  auto read = refresh_token::parse(text);
  REQUIRE(read.has_value());
  CHECK(read->tenant == token.tenant);
  CHECK(read->person == token.person);
  CHECK(read->family == token.family);
  CHECK(read->generation == token.generation);
  CHECK(read->secret == token.secret);
  CHECK(read->secret_hash() == token.secret_hash());
  CHECK(token.secret_hash().size() == 64);
  for (const auto& bad :
       {std::string{}, text + "A", text.substr(1), std::string(112, '.'), std::string(112, '=')})
    CHECK_FALSE(refresh_token::parse(bad).has_value());
  auto next = token.next();
  CHECK(next.generation == token.generation + 1);
  CHECK(next.family == token.family);
  CHECK(next.secret != token.secret);
}

TEST_CASE("refresh token: only one that was given before makes another of its family") {
  auto token = refresh_token::first({id_number(1)}, {id_number(2)});
  CHECK(token.follows_from_its_family());
  CHECK(token.next().next().follows_from_its_family());
  CHECK(token.family != refresh_token::first({id_number(1)}, {id_number(2)}).family);
  auto made_up = refresh_token::first({id_number(1)}, {id_number(2)});
  made_up.family = token.family;
  CHECK_FALSE(made_up.follows_from_its_family());
  made_up.secret = token.secret;
  made_up.secret[0] ^= 1;
  CHECK_FALSE(made_up.follows_from_its_family());
  CHECK_FALSE(
      refresh_token{{}, {}, token_family_uuid::generate(), 1, token.secret}.follows_from_its_family());
}
