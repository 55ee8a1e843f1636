#pragma once

#include "common/known_fault.hpp"
#include "domain/kernel/nothing.hpp"
#include "domain/kernel/table.hpp"

/// A second factor besides the password: codes of an authenticator (RFC 6238), or recovery codes issued with
/// it. Secrets are read and codes compared in `http/auth`; that each is accepted only once is decided here.
namespace musterd {

enum class factor_status { pending, active, removed };
BOOST_DESCRIBE_ENUM(factor_status, pending, active, removed)

/// How long an enrolment waits for its first code.
inline constexpr std::chrono::minutes enrolment_waits{10};

struct second_factor {
  user_uuid user_id;
  /// New with each enrolment.
  uuid factor_id;
  factor_status status = factor_status::pending;
  /// Sealed with a key that the database does not have; empty once removed.
  std::string sealed_secret;
  /// Hashes of the remaining recovery codes.
  std::vector<std::string> recovery_hashes;
  /// Time step of the latest accepted code: codes of that step or earlier are refused.
  std::int64_t last_step = 0;
  timestamp changed_at{};
  std::int64_t version = 1;
  friend bool operator==(const second_factor&, const second_factor&) = default;
};
BOOST_DESCRIBE_STRUCT(second_factor, (),
                      (user_id, factor_id, status, sealed_secret, recovery_hashes, last_step, changed_at,
                       version))
template <>
struct table_of<second_factor> : versioned_table<"security.second_factor", "user_id"> {};

/// Whether it can still be confirmed. `Factor` is a second_factor, or its stored form.
template <class Factor>
bool is_pending_at(const Factor& factor, timestamp now) {
  return factor.status == factor_status::pending && now < factor.changed_at + enrolment_waits;
}

/// Proof of a factor: a code's time step, or a recovery code's hash; neither if the code matches nothing.
struct factor_proof {
  uuid factor_id;
  std::optional<std::int64_t> step;
  std::optional<std::string> recovery_hash;
};
BOOST_DESCRIBE_STRUCT(factor_proof, (), (factor_id, step, recovery_hash))

/// The active factor after the proof is used up; nothing if the proof is invalid or was used before.
std::optional<second_factor> used_up(const second_factor& factor, const factor_proof& shown, timestamp now);

/// 401, after a correct password.
fault second_factor_required();
fault second_factor_invalid();

/// A second factor as its user sees it.
struct second_factor_view {
  factor_status status = factor_status::removed;
  std::int64_t recovery_codes_left = 0;
};
BOOST_DESCRIBE_STRUCT(second_factor_view, (), (status, recovery_codes_left))

/// (Re)starts an enrolment after the password was verified; sign-in ignores the factor until it is confirmed.
struct enrol_second_factor {
  static constexpr std::string_view name = "enrol_second_factor";
  static constexpr int success_status = 201;
  using answer = second_factor_view;
  using body = nothing;
  static constexpr std::array faults{known::not_found("USER_NOT_FOUND"), known::conflict("PASSWORD_CHANGED"),
                                     known::conflict("SECOND_FACTOR_ACTIVE")};

  user_uuid user_id;
  std::string sealed_secret;
  /// Of the credential that the password was compared with.
  std::int64_t credential_version = 0;
};
BOOST_DESCRIBE_STRUCT(enrol_second_factor, (), (user_id, sealed_secret, credential_version))

/// Proves that the authenticator has the secret.
struct confirm_second_factor {
  static constexpr std::string_view name = "confirm_second_factor";
  static constexpr int success_status = 200;
  using answer = second_factor_view;
  using body = nothing;
  static constexpr std::array faults{known::not_found("USER_NOT_FOUND"),
                                     known::conflict("SECOND_FACTOR_NOT_PENDING")};

  user_uuid user_id;
  factor_proof shown;
  std::vector<std::string> recovery_hashes;
};
BOOST_DESCRIBE_STRUCT(confirm_second_factor, (), (user_id, shown, recovery_hashes))

/// Removed by its user, who must present a proof, or by somebody with authority over them.
struct remove_second_factor {
  static constexpr std::string_view name = "remove_second_factor";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{known::not_found("USER_NOT_FOUND"),
                                     known::not_found("SECOND_FACTOR_NOT_FOUND"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  user_uuid user_id;
  std::optional<factor_proof> shown;
};
BOOST_DESCRIBE_STRUCT(remove_second_factor, (), (user_id, shown))

}  // namespace musterd
