/* nftwatch.h - Does another program change our table?
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * nftables reports every change to a netlink group.  Our own changes come from
 * our own ports and are ignored.  */

#ifndef POSTERN_NFTWATCH_H
#define POSTERN_NFTWATCH_H

#include <stdbool.h>
#include <gpg-error.h>

typedef struct nftwatch_s *nftwatch_t;

gpg_error_t nftwatch_open (nftwatch_t *r_watch);
void nftwatch_close (nftwatch_t watch);
int nftwatch_fd (nftwatch_t watch);

/* Read what is queued.  *R_TOUCHED: another program changed the table, or so
   much happened that events were lost.  */
gpg_error_t nftwatch_read (nftwatch_t watch, bool *r_touched);

#endif /*POSTERN_NFTWATCH_H*/
