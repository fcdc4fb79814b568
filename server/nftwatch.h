/* nftwatch.h - Tells when somebody else changed the table.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A netlink socket in the group NFNLGRP_NFTABLES.  The kernel ends the
 * messages of each change with one (NEWGEN) that names the process that
 * made it; what this process did itself is passed over.  */

#ifndef POSTERN_NFTWATCH_H
#define POSTERN_NFTWATCH_H

#include <stdint.h>
#include <gpg-error.h>

/* What happened to the table, by others.  */
#define NFTWATCH_CHANGED 1u     /* Something.  */
#define NFTWATCH_REMOVED 2u     /* Elements, sets or all of it are gone.  */
#define NFTWATCH_MISSED  4u     /* More than the socket could hold.  */

typedef struct nftwatch_s *nftwatch_t;

gpg_error_t nftwatch_new (nftwatch_t *r_watch);
void nftwatch_release (nftwatch_t watch);
int nftwatch_fd (nftwatch_t watch);

/* The change that made generation GEN is this process's own: remember by
   what number the kernel calls it.  In a PID namespace that is not the one
   of getpid.  */
void nftwatch_own (nftwatch_t watch, uint32_t gen);

/* Read all that waits, and add the bits to *R_WHAT.  */
gpg_error_t nftwatch_read (nftwatch_t watch, unsigned int *r_what);

#endif /*POSTERN_NFTWATCH_H*/
