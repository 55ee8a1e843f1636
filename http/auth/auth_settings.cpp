#include "http/auth/auth_settings.hpp"

#include "common/json/json_read.hpp"

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
  if (read)
    return std::move(read->issuers);
  auto why = read.error();
  auto what = fmt::format("{}: {}", path, why.message);
  for (const auto& e : why.field_errors)
    what += fmt::format(" {}: {}", e.field, e.message);
  throw std::runtime_error{what};
}

sign_in_policy sign_in_policy_from(const server_config& config) {
  return {config.auth_change_given_passwords, config.auth_second_factor_roles};
}

token_settings token_settings_from(const server_config& config) {
  token_settings s;
  s.issuer = config.auth_issuer;
  s.api_audience = config.auth_audience;
  s.internal_audience = config.auth_audience + "-internal";
  s.restricted_audience = config.auth_audience + "-restricted";
  s.access_lifetime = std::chrono::seconds{config.auth_access_token_seconds};
  s.session_lifetime = std::chrono::seconds{config.auth_refresh_token_seconds};
  s.cached_tokens = static_cast<std::size_t>(config.auth_token_cache_entries);
  if (!config.auth_external_issuers_file.empty())
    s.external = read_external_issuers(config.auth_external_issuers_file);
  if (config.auth_external_http_on_loopback)
    s.fetched = fetch_policy::http_on_loopback;
  return s;
}

}  // namespace musterd
