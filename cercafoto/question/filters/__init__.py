"""The filters of a question (camera, days, place and so on), each declared once."""
