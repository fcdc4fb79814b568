/* ldapask.c - Ask a directory whether a password is right.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * LDAP has two traps: on many servers a bind with a name and no password
 * succeeds, and so does one with a password and no name (RFC 4513, sections
 * 5.1.1 and 5.1.2).  This file must never send either.  */

#include "ldapask.h"

#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "hangup.h"
#include "ldapname.h"

#define MARGIN 200              /* Milliseconds that our answer comes before
                                   vouch kills this process.  */

struct dialog
{
  const struct ldapask *ask;
  const char *uri;
  LDAP *ld;
  struct ldap_conncb callback;
  bool connected;
  bool asked;                   /* The password was sent.  */
};


/* Log what went wrong.  The words of the library and the server help, but
   only until the password was sent: later they might contain it.  */
static void
complain_ldap (const struct dialog *d, const char *what, int rc)
{
  char *detail = NULL;
  const char *hint = "";

  if (d->ld && !d->asked)
    ldap_get_option (d->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &detail);
  /* What libldap makes of what GnuTLS says of a certificate.  */
  if (detail && strstr (detail, "(unknown error code)"))
    hint = ": its certificate is not valid for this host, has expired or is"
           " not valid yet, or is not from an authority in ca-file";
  log_warn ("ldap %s: %s: %s: %s%s%s", d->ask->ldap->name, d->uri, what,
            ldap_err2string (rc), *hint || !detail || !*detail ? "" : ": ",
            *hint ? hint : detail ? detail : "");
  ldap_memfree (detail);
}


static bool
starts_with (const char *text, const char *with)
{
  return !strncmp (text, with, strlen (with));
}


static int
note_connected (LDAP *ld, Sockbuf *sb, LDAPURLDesc *url, struct sockaddr *sa,
                struct ldap_conncb *callback)
{
  struct dialog *d = callback->lc_arg;
  ber_socket_t fd = -1;

  (void)ld;
  (void)url;
  (void)sa;
  if (ber_sockbuf_ctrl (sb, LBER_SB_OPT_GET_FD, &fd) == 1)
    hangup_watch ((int)fd);
  d->connected = true;
  return 0;
}


static void
note_closing (LDAP *ld, Sockbuf *sb, struct ldap_conncb *callback)
{
  (void)ld;
  (void)sb;
  (void)callback;
  hangup_watch (-1);
}


/* No timeouts: see hangup.h.  */
static int
set_ldap_options (struct dialog *d)
{
  const struct packet_ldap *ldap = d->ask->ldap;
  int version = LDAP_VERSION3, hard = LDAP_OPT_X_TLS_HARD, client = 0;
  int tls = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
  struct { int option; const void *value; } const options[] =
    {
      { LDAP_OPT_PROTOCOL_VERSION, &version },
      { LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
      { LDAP_OPT_RESTART, LDAP_OPT_OFF },
      { LDAP_OPT_CONNECT_CB, &d->callback },
      { LDAP_OPT_X_TLS_REQUIRE_CERT, &hard },
      { LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls },
      { LDAP_OPT_X_TLS_CACERTFILE, ldap->ca_file },
      { LDAP_OPT_X_TLS_NEWCTX, &client }
    };
  /* Without TLS, only the first four apply.  */
  bool secure = starts_with (d->uri, "ldaps://") || ldap->starttls;
  size_t n = secure ? 8 : 4, i;
  int rc = LDAP_SUCCESS;

  for (i = 0; !rc && i < n; i++)
    rc = ldap_set_option (d->ld, options[i].option, options[i].value);
  return rc;
}


/* RC, or LDAP_TIMEOUT if it failed because the deadline passed.  */
static int
settle_result (int rc)
{
  return rc && hangup_late () ? LDAP_TIMEOUT : rc;
}


/* Connect, with TLS and a certificate that is checked, if the configuration
   says so.  */
static int
dial_directory (struct dialog *d)
{
  int rc;

  d->connected = false;
  d->callback = (struct ldap_conncb){ note_connected, note_closing, d };
  rc = ldap_initialize (&d->ld, d->uri);
  if (!rc)
    rc = set_ldap_options (d);
  if (rc)
    {
      complain_ldap (d, "cannot be set up", rc);
      return rc;
    }
  rc = settle_result (ldap_connect (d->ld));
  if (!rc && d->ask->ldap->starttls && starts_with (d->uri, "ldap://"))
    rc = settle_result (ldap_start_tls_s (d->ld, NULL, NULL));
  if (rc)
    complain_ldap (d, d->connected ? "TLS" : "cannot be reached", rc);
  return rc;
}


/* Bind, and ask what the directory's password policy says.  *R_SAID are the
   controls of the answer, to be freed.  */
static int
bind_as (struct dialog *d, const char *dn, const char *password,
         LDAPControl ***r_said)
{
  struct berval cred = { strlen (password), (char *)(uintptr_t)password };
  LDAPControl *policy = NULL;
  LDAPMessage *answer = NULL;
  int rc, id, code = LDAP_OTHER;

  *r_said = NULL;
  if (!*dn || !cred.bv_len)
    return LDAP_INVALID_CREDENTIALS;
  rc = ldap_create_passwordpolicy_control (d->ld, &policy);
  if (!rc)
    {
      LDAPControl *asked[] = { policy, NULL };

      rc = ldap_sasl_bind (d->ld, dn, LDAP_SASL_SIMPLE, &cred, asked, NULL,
                           &id);
    }
  if (!rc && ldap_result (d->ld, id, LDAP_MSG_ALL, NULL, &answer) <= 0
      && (ldap_get_option (d->ld, LDAP_OPT_RESULT_CODE, &rc) || !rc))
    rc = LDAP_SERVER_DOWN;
  if (!rc)
    rc = ldap_parse_result (d->ld, answer, &code, NULL, NULL, NULL, r_said,
                            1);
  else
    ldap_msgfree (answer);
  ldap_control_free (policy);
  return settle_result (rc ? rc : code);
}


/* What the password policy in SAID says against a bind that returned RC;
   REFUSAL_NONE if nothing.  The directory only says so for a right password,
   or for an account that is locked whatever the password.  */
static enum refusal
policy_says (struct dialog *d, int rc, LDAPControl **said)
{
  LDAPPasswordPolicyError error = PP_noError;
  LDAPControl *control;
  ber_int_t expires, grace;

  /* The older way to say it (draft-vchu-ldap-pwd-policy).  */
  if (!rc && ldap_control_find (LDAP_CONTROL_X_PASSWORD_EXPIRED, said, NULL))
    return REFUSAL_PASSWORD_CHANGE;
  control = ldap_control_find (LDAP_CONTROL_PASSWORDPOLICYRESPONSE, said,
                               NULL);
  if (!control || ldap_parse_passwordpolicy_control (d->ld, control, &expires,
                                                     &grace, &error))
    return REFUSAL_NONE;
  switch (error)
    {
    case PP_passwordExpired: return REFUSAL_PASSWORD_EXPIRED;
    case PP_accountLocked: return REFUSAL_ACCOUNT_LOCKED;
    case PP_changeAfterReset: return REFUSAL_PASSWORD_CHANGE;
    default: return REFUSAL_NONE;
    }
}


/* Bind as the service, if there is one.  */
static int
bind_service (struct dialog *d)
{
  const struct ldapask *ask = d->ask;
  LDAPControl **said = NULL;
  enum refusal why = REFUSAL_NONE;
  int rc = LDAP_SUCCESS;

  if (*ask->ldap->service_dn)
    {
      rc = bind_as (d, ask->ldap->service_dn, ask->service, &said);
      why = policy_says (d, rc, said);
    }
  ldap_controls_free (said);
  if (why)
    log_warn ("ldap %s: %s: service-dn: %s", ask->ldap->name, d->uri,
              refusal_text (why));
  if (rc)
    complain_ldap (d, "service-dn", rc);
  return rc;
}


/* Search as the service; *R_RESULT has two entries at most.  WHAT is for the
   log.  */
static int
search_as_service (struct dialog *d, const char *what, const char *base,
                   int scope, const char *filter, LDAPMessage **r_result)
{
  char none[] = LDAP_NO_ATTRS;
  char *attrs[] = { none, NULL };
  int rc = bind_service (d);

  *r_result = NULL;
  if (rc)
    return rc;
  rc = ldap_search_ext_s (d->ld, base, scope, filter, attrs, 0, NULL, NULL,
                          NULL, 2, r_result);
  rc = rc == LDAP_SIZELIMIT_EXCEEDED ? LDAP_SUCCESS : settle_result (rc);
  if (rc)
    complain_ldap (d, what, rc);
  return rc;
}


/* *R_DN is the name of the entry in RESULT, which must be the only one.  */
static enum refusal
take_dn (struct dialog *d, LDAPMessage *result, char **r_dn)
{
  LDAPMessage *entry = ldap_first_entry (d->ld, result);
  char *dn;

  if (!entry)
    return REFUSAL_ACCOUNT_UNKNOWN;
  if (ldap_count_entries (d->ld, result) != 1)
    {
      log_warn ("ldap %s: %s: the filter finds more than one entry for '%s'",
                d->ask->ldap->name, d->uri, d->ask->account);
      return REFUSAL_VOUCH_FAILED;
    }
  dn = ldap_get_dn (d->ld, entry);
  *r_dn = dn && *dn ? strdup (dn) : NULL;
  ldap_memfree (dn);
  return *r_dn ? REFUSAL_NONE : REFUSAL_VOUCH_FAILED;
}


static enum refusal
find_dn (struct dialog *d, char **r_dn)
{
  const struct packet_ldap *ldap = d->ask->ldap;
  LDAPMessage *result = NULL;
  enum refusal refusal;
  char *filter;
  int rc;

  if (ldapname_filter (ldap->filter, d->ask->account, &filter))
    return REFUSAL_VOUCH_FAILED;
  rc = search_as_service (d, "search", ldap->base, LDAP_SCOPE_SUBTREE, filter,
                          &result);
  refusal = rc < 0 ? REFUSAL_VOUCH_UNREACHABLE : rc ? REFUSAL_VOUCH_FAILED
    : take_dn (d, result, r_dn);
  ldap_msgfree (result);
  free (filter);
  return refusal;
}


/* *R_DN is the name to bind as, to be freed.  */
static enum refusal
name_of (struct dialog *d, char **r_dn)
{
  const struct packet_ldap *ldap = d->ask->ldap;
  gpg_error_t err;

  *r_dn = NULL;
  if (*ldap->filter)
    return find_dn (d, r_dn);
  err = ldapname_dn (ldap->bind_dn, d->ask->account, r_dn);
  if (!err)
    return REFUSAL_NONE;
  log_error ("ldap %s: bind-dn is not a distinguished name with "
             LDAPNAME_USER " in one of its values", ldap->name);
  return REFUSAL_VOUCH_FAILED;
}


/* Once the password was sent, everything but a clear yes counts as a failed
   attempt: whatever a server does instead of saying no must not allow
   unlimited guessing.  */
static enum refusal
bind_person (struct dialog *d, const char *dn)
{
  LDAPControl **said;
  enum refusal why;
  int rc;

  if (d->ask->trying ())
    return REFUSAL_VOUCH_FAILED;
  d->asked = true;
  rc = bind_as (d, dn, d->ask->password, &said);
  why = policy_says (d, rc, said);
  ldap_controls_free (said);
  if (rc == LDAP_SUCCESS || (rc > 0 && why))
    return why;
  if (rc != LDAP_INVALID_CREDENTIALS)
    complain_ldap (d, "bind", rc);
  return rc < 0 || rc == LDAP_BUSY || rc == LDAP_UNAVAILABLE
    ? REFUSAL_VOUCH_DEADLINE : REFUSAL_CREDENTIAL_WRONG;
}


static enum refusal
check_member (struct dialog *d, const char *dn)
{
  const struct packet_ldap *ldap = d->ask->ldap;
  LDAPMessage *result = NULL;
  enum refusal refusal;
  char *filter;
  int rc;

  if (!*ldap->member_of)
    return REFUSAL_NONE;
  if (ldapname_group (dn, d->ask->account, &filter))
    return REFUSAL_VOUCH_FAILED;
  rc = search_as_service (d, "member-of", ldap->member_of, LDAP_SCOPE_BASE,
                          filter, &result);
  refusal = rc < 0 ? REFUSAL_VOUCH_DEADLINE
    : rc || ldap_count_entries (d->ld, result) != 1
    ? REFUSAL_NOT_MEMBER : REFUSAL_NONE;
  ldap_msgfree (result);
  free (filter);
  return refusal;
}


static enum refusal
ask_one (struct dialog *d)
{
  enum refusal refusal = REFUSAL_VOUCH_UNREACHABLE;
  char *dn = NULL;

  if (!dial_directory (d))
    refusal = name_of (d, &dn);
  if (!refusal)
    refusal = bind_person (d, dn);
  if (!refusal)
    refusal = check_member (d, dn);
  if (d->ld)
    ldap_unbind_ext_s (d->ld, NULL, NULL);
  d->ld = NULL;
  free (dn);
  return refusal;
}


enum refusal
ldapask (const struct ldapask *ask)
{
  const struct packet_ldap *ldap = ask->ldap;
  struct dialog d = { .ask = ask };
  enum refusal refusal = REFUSAL_VOUCH_UNREACHABLE;
  int64_t now = (int64_t)ticks_ms ();
  int64_t end = now + (int64_t)ldap->timeout - MARGIN;
  unsigned int i;

  if (!*ask->password)
    return REFUSAL_CREDENTIAL_FORM;
  for (i = 0; i < ldap->n_uris && now < end; i++, now = (int64_t)ticks_ms ())
    {
      d.uri = ldap->uri[i];
      hangup_arm ((unsigned int)(end - now) / (ldap->n_uris - i));
      refusal = ask_one (&d);
      hangup_arm (0);
      if (refusal != REFUSAL_VOUCH_UNREACHABLE
          && refusal != REFUSAL_VOUCH_DEADLINE)
        return refusal;
    }
  return d.asked ? REFUSAL_VOUCH_DEADLINE : refusal;
}
