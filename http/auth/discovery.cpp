#include "http/auth/discovery.hpp"

#include "http/auth/keys/fetch.hpp"
#include "http/auth/tokens/token_form.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace musterd {
namespace {

template <class Names>
boost::json::array list_of(const Names& names) {
  boost::json::array result;
  for (const auto& name : names)
    result.emplace_back(std::string_view{name});
  return result;
}

boost::json::array claims_of_ours() {
  boost::json::array result;
  for_each_member<access_claims>([&](auto d) { result.emplace_back(std::string_view{d.name}); });
  return result;
}

}  // namespace

std::optional<std::string> discovery_document(const token_issuer& issuer) {
  const auto& name = issuer.settings().issuer;
  if (!why_not_fetched(name, fetch_policy::http_on_loopback).empty())
    return std::nullopt;
  auto base = name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
  std::set<std::string_view> algorithms;
  for (const auto& key : issuer.keys().verifying_keys())
    algorithms.insert(enum_name(key.algorithm()));
  boost::json::object document{
      {"issuer", name},
      {"jwks_uri", base + std::string{jwks_path}},
      {"token_endpoint", base + std::string{token_path}},
      {"grant_types_supported", list_of(grant_types)},
      {"token_endpoint_auth_methods_supported", list_of(client_authentications)},
      // There is no authorization endpoint and there are no ID tokens, but these lists are required anyway.
      {"response_types_supported", boost::json::array{}},
      {"subject_types_supported", boost::json::array{"public"}},
      {"id_token_signing_alg_values_supported", list_of(algorithms)},
      {"claims_supported", claims_of_ours()}};
  return boost::json::serialize(document);
}

}  // namespace musterd
