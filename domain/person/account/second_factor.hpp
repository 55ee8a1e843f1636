#pragma once

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

/// A second factor as its user sees it.
struct second_factor_view {
  factor_status status = factor_status::removed;
  std::int64_t recovery_codes_left = 0;
};
BOOST_DESCRIBE_STRUCT(second_factor_view, (), (status, recovery_codes_left))

}  // namespace musterd
