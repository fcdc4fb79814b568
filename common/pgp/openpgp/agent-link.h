/* agent-link.h - A connection to gpg-agent, for PKDECRYPT alone.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * By Assuan (GnuPG's manual, "Agent Protocol"), over a descriptor that is
 * connected already: the process that uses it can open no socket.  The agent
 * is not believed: what it sends is bounded, and its errors are only codes.  */

#ifndef POSTERN_AGENT_LINK_H
#define POSTERN_AGENT_LINK_H

#include <gpg-error.h>
#include "openpgp-unwrap.h"

typedef struct agent_link_s *agent_link_t;

/* Take over FD, which is closed if this fails, and wait for the greeting.
   How long reads and writes may take is set by whoever made FD (SO_RCVTIMEO
   and SO_SNDTIMEO).  GPG_ERR_TIMEOUT, GPG_ERR_NO_AGENT.  */
gpg_error_t agent_link_open (int fd, agent_link_t *r_link);
void agent_link_close (agent_link_t link);

/* An openpgp_asks_t; HOOK is the link.
     GPG_ERR_NO_SECKEY       the agent has no such key
     GPG_ERR_DECRYPT_FAILED  it could not decrypt
     GPG_ERR_TIMEOUT, GPG_ERR_NO_AGENT  the connection is lost: close it  */
gpg_error_t agent_link_decrypt (void *hook,
                                const unsigned char grip[OPENPGP_GRIPLEN],
                                const void *cipher, size_t len,
                                struct openpgp_answer *r_answer);

#endif /*POSTERN_AGENT_LINK_H*/
