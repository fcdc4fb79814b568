/* pgp-homes.h - Real homes, keys and agents for the tests of common/pgp.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef POSTERN_PGP_HOMES_H
#define POSTERN_PGP_HOMES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "../../../common/pgp/pgp.h"

#define DEADLINE 20000          /* For what must not hang.  */
#define TEXT "postern-request: 1\nsome: text\n"

/* Homes below BASE: "a" of the people, "s" and "s2" of two servers' primary
   keys, "u" and "u2" for unseal, "v" for verify, with alice's key.  */
extern char base[32];
extern char server_fpr[NETSPEC_FPRLEN + 1];
extern char other_fpr[NETSPEC_FPRLEN + 1];
extern char alice[NETSPEC_FPRLEN + 1];
extern char bob[NETSPEC_FPRLEN + 1];

/* What read_file and make_message leave behind, and what came of it.  */
extern unsigned char msg[65536];
extern size_t msglen;
extern unsigned char buf[8192];

/* Unchecked fixture: made once, the tests' processes share the homes.  */
void setup (void);
void teardown (void);

/* A path below BASE; the last four results are good.  */
const char *at (const char *name);

/* Plain gpg in the home NAME; the arguments end with NULL.  */
int gpg (const char *name, ...);

/* The same for an --edit-key dialogue, fed with LINES; what it signs is
   signed with SHA-256 or DIGEST.  */
void edit_key (const char *name, const char *fpr, const char *lines);
void edit_key_with (const char *name, const char *digest, const char *fpr,
                    const char *lines);
void make_home (const char *name);
pgp_t open_home (enum pgp_side side, const char *name,
                 unsigned int deadline);

/* In the people's home: OPTION and VALUE go to gpg besides; NULL: none.  */
void make_key (const char *uid, const char *algo, const char *usage,
               const char *expire, const char *option, const char *value);
void find_fpr (const char *home, const char *pattern, char *fpr);

/* Into MSG.  */
void read_file (const char *name);

/* Take a key of the people's into the verify home, and out of it.  */
void enroll (const char *uid);
void forget (const char *fpr);

/* Start the agent of the home NAME as posternd does: with its listening
   socket as descriptor 3.  */
pid_t start_agent (const char *name);
void stop_agent (pid_t pid);

/* Make TEXT signed by SIGNER into MSG, for one or two key files.  */
gpg_err_code_t make_message (const char *signer, bool hidden,
                             const char *file, const char *file2);

/* Unwrap MSG into BUF.  */
gpg_err_code_t unwrap (const char *home, size_t size, unsigned int deadline,
                       size_t *r_len);

/* Verify the LEN bytes at BLOB, or the signed file NAME, by SIGNERS.  */
gpg_err_code_t verify (const void *blob, size_t len, unsigned int signers,
                       struct pgp_signer *who);
gpg_err_code_t verify_file (const char *name, unsigned int signers);

#define SIGN(signer, ...) \
  ck_assert_int_eq (gpg ("a", "-o", at ("m"), "--compress-algo", "none", \
                         "-u", signer, __VA_ARGS__, "-s", at ("text"), \
                         NULL), 0)

#endif /*POSTERN_PGP_HOMES_H*/
