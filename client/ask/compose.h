/* compose.h - From a request to the datagrams.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One signature for all hosts: one text that names them all, one OpenPGP
 * message, sealed for each host under its own door key.  */

#ifndef POSTERN_CLIENT_COMPOSE_H
#define POSTERN_CLIENT_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <gpg-error.h>
#include "../../common/wire/credential.h"
#include "../../common/wire/reply.h"
#include "../../common/wire/request.h"
#include "../../common/wire/seal.h"
#include "../profile/profile.h"

/* What is asked, and of whom.  compose_same compares all but the hosts.  */
struct compose_ask
{
  size_t n_hosts;
  const struct profile_host *host[REQUEST_MAX_TARGETS];
  enum request_action action;
  const char *user;             /* NULL: not given.  */
  bool has_source;              /* The person says who gets the grant.  */
  struct net_addr source;       /* AF_UNSPEC: observed.  */
  struct port_set ports;
  uint16_t bind;
  bool once;
  uint32_t seconds;
  bool no_reply;
  bool password;                /* One goes along, so to one host alone.  */
  const char *command;          /* For run.  */
  unsigned int n_args;
  struct request_arg arg[REQUEST_MAX_ARGS];     /* Values not ours.  */
  const unsigned char *request; /* The hash that result, approve and deny
                                   name.  */
  const char *reason;           /* NULL: not given.  */
  bool emergency;
};

typedef struct compose_s *compose_t;

/* Make ASK an ACTION of HOST alone, for the user that OPTIONS name.  */
void compose_ask_one (struct compose_ask *ask, enum request_action action,
                      const struct profile_host *host,
                      const struct options *options);

/* Sign and encrypt; the person may be asked for a passphrase or a touch.
   On failure *R_MESSAGE is the message, to be freed with gpgrt_free.  */
gpg_error_t compose_new (profile_t profile, const struct compose_ask *ask,
                         compose_t *r_compose, char **r_message);
void compose_release (compose_t compose);

/* True if both ask the same, of whichever hosts, by the same signature, and
   with no password; never of what goes to one host alone: run, result.  */
bool compose_same (const struct compose_ask *a, const struct compose_ask *b);

/* True if it is left to the server where ASK is from.  So it goes to one
   host alone: each of several could send it on to the others.  */
bool compose_is_observed (const struct compose_ask *ask);

/* Check that ASK's hosts can share a signature; compose_new does so
   too, but later than one may want.  */
gpg_error_t compose_check (const struct compose_ask *ask, char **r_message);

/* The signed text before it is signed, for an open door's plain gpg; to be
   released with request_text_release.  */
gpg_error_t compose_text (const struct compose_ask *ask, char **r_text,
                          size_t *r_len, char **r_message);

/* What compose_seal attaches from now on, NULL: nothing.  CREDENTIAL
   stays the caller's, and must live until then.  */
void compose_attach (compose_t compose, credential_t credential);

/* Seal the message for host number I into DGRAM of at most LIMIT bytes
   (SEAL_MAX); ATLEAST as for seal_wrap.  GPG_ERR_TOO_LARGE with a message
   that names the size, what makes it so, and what helps.  */
gpg_error_t compose_seal (compose_t compose, size_t i, size_t atleast,
                          size_t limit, unsigned char *dgram,
                          size_t *r_len, char **r_message);

/* Open a reply.  */
gpg_error_t compose_reply (compose_t compose, const void *dgram, size_t len,
                           reply_t *r_reply);

/* The request hash in hexadecimal.  */
const char *compose_id (compose_t compose);

/* For the tests: a composition around a ready message and the one-time key
   in it.  */
gpg_error_t compose_from_message (profile_t profile,
                                  const struct compose_ask *ask,
                                  const unsigned char key[REQUEST_KEYLEN],
                                  const void *message, size_t len,
                                  compose_t *r_compose);

#endif /*POSTERN_CLIENT_COMPOSE_H*/
