#pragma once

#include <boost/json.hpp>

#include <string>

namespace musterd::testing {

/// A token's header and claims, unverified.
boost::json::object header_of(const std::string& token);
boost::json::object claims_of(const std::string& token);

/// A token with these contents, signed with the first key of a signing key file.
std::string signed_with_file(const std::string& key_file, const boost::json::object& header,
                             const boost::json::object& claims);
/// Signed with a key that the server has never seen.
std::string signed_with_stranger(const boost::json::object& header, const boost::json::object& claims);
/// HMAC with any text as its secret.
std::string signed_with_secret(const std::string& secret, boost::json::object header,
                               const boost::json::object& claims);
/// Algorithm `none`.
std::string unsigned_token(boost::json::object header, const boost::json::object& claims);

}  // namespace musterd::testing
