#include "http/auth/tokens/token_settings.hpp"

#include "common/json/json_read.hpp"
#include "http/auth/auth_settings.hpp"

#include <fstream>
#include <iterator>

namespace musterd {
namespace {

struct external_issuers_file {
  std::vector<external_issuer> issuers;
};
BOOST_DESCRIBE_STRUCT(external_issuers_file, (), (issuers))

}  // namespace

std::vector<external_issuer> read_external_issuers(const std::string& path) {
  std::ifstream file{path};
  auto read = from_json<external_issuers_file>(std::string{std::istreambuf_iterator<char>{file}, {}});
  if (!file.good() && !file.eof())
    throw std::runtime_error{path + " cannot be read"};
  if (read) {
    for (const auto& one : read->issuers)
      if (std::ranges::count(read->issuers, one.tenant, &external_issuer::tenant) > 1)
        throw std::runtime_error{
            fmt::format("{}: tenant {} has more than one issuer; each could name the users of the other",
                        path, to_string(one.tenant))};
    return std::move(read->issuers);
  }
  auto why = read.error();
  auto what = fmt::format("{}: {}", path, why.message);
  for (const auto& e : why.field_errors)
    what += fmt::format(" {}: {}", e.field, e.message);
  throw std::runtime_error{what};
}

token_settings token_settings_from(const auth_settings& auth) {
  token_settings s;
  s.issuer = auth.tokens.issuer;
  s.api_audience = auth.tokens.audience;
  s.internal_audience = auth.tokens.audience + "-internal";
  s.restricted_audience = auth.tokens.audience + "-restricted";
  s.access_lifetime = auth.tokens.access_lifetime;
  s.session_lifetime = auth.tokens.session_lifetime;
  s.cached_tokens = auth.tokens.cached;
  if (!auth.external.file.empty())
    s.external = read_external_issuers(auth.external.file);
  if (auth.external.http_on_loopback)
    s.fetched = fetch_policy::http_on_loopback;
  return s;
}

}  // namespace musterd
