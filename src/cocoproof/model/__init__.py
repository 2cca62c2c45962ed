"""The vocabulary that every other package uses: findings, reports, errors, names and suggestions."""
