#include "http/auth/sign_in.hpp"

namespace musterd {

template <class Answer, class Find>
void sign_in_lookups::ask(std::function<void(outcome<Answer>)> done, Find find) const {
  auto failed = [done] {
    done(outcome<Answer>{boost::system::in_place_error, unavailable("Sign-in is not possible right now.")});
  };
  auto accepted =
      reads_.submit({[=](auto& tx) { done(find(tx)); }, [=](const std::exception&) { failed(); }});
  if (!accepted)
    failed();
}

void sign_in_lookups::find(std::string tenant, std::string name, std::string network, bool is_service,
                           login_callback done) const {
  ask<std::optional<login_record>>(std::move(done), [=](pqxx::transaction_base& tx) {
    return is_service ? find_service_client(tx, tenant, name) : find_login(tx, tenant, name, network);
  });
}

void sign_in_lookups::find_given(const refresh_token& token, given_callback done) const {
  ask<bool>(std::move(done), [=](pqxx::transaction_base& tx) {
    auto current = find_secret_hash(tx, token.tenant, token.person, token.family);
    return current && (token.follows_from_its_family() || *current == token.secret_hash());
  });
}

}  // namespace musterd
